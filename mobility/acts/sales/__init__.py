"""Selling: offers, baskets, payments, tickets, refunds, the day's closing."""
