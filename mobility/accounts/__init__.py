"""People: who they are, what they may do, and what is kept about them."""
