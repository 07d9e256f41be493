"""Offers, orders and what becomes of them, in the terms of OSDM."""
