"""What every engine stands on, and what knows none of them."""
