"""The router: timetable arrays in, Pareto-optimal journeys out. Knows nothing of the web or the database."""
