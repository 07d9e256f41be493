"""`standard covoiturage`: what other platforms ask of ours, and what they book. Things are as the standard writes them
in JSON, since they pass through: from our rides, or from test data that was loaded for interoperability tests."""
