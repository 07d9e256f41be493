"""Demand-responsive transport: services, zones and booking rules; tours of vehicles and what still fits into them.

Plain Python, numpy and numba. Clock, randomness, identifiers, keys, travel times and storage come in as arguments.
Instants inside are seconds since the epoch, UTC, unless a name says otherwise; times of a service day are seconds since
its noon minus twelve hours, as in GTFS.
"""
