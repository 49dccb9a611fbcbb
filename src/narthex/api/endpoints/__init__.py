"""The endpoints, found by their declarations: one file for each noun."""
