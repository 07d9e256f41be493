"""The synthetic region: a network of the real one's places and size, with invented timetables, to try and test on."""

from mobility.demo.region import DemoSummary, default_first_day, generate

__all__ = ["DemoSummary", "default_first_day", "generate"]
