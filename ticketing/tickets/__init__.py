"""Proofs of payment that are verified without a network: made, rotated, inspected, revoked."""
