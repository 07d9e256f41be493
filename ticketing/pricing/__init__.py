"""The cheapest way to cover a journey, proven and explained; what an account pays at most over a period."""
