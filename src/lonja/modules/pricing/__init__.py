"""Prices of contracts: index, mark, funding, delivery, price limits, and what is listed when."""
