"""What people do, across the engines: one file an act, and the ports they need."""
