"""The application around the engines: doors, acts, storage."""
