"""Trips: what phones send is kept, put together, checked, decided, and claimed for."""
