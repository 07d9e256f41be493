"""The book of sales: what orders move between accounts, which operator gets which part, what a day closes with."""
