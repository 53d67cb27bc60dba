"""Sums over everybody, over time: marks and indices, takers, open interest, longs and shorts."""
