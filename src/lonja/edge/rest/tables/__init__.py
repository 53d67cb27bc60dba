"""The table of REST operations, a file per family."""
