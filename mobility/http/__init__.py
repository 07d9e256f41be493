"""The API over HTTP: parse, call one thing, present. Routers are functions of what they need."""
