"""Borrowing: what currencies are worth as collateral, interest by the hour, and the terms of both."""
