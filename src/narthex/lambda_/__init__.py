"""The wire of Lambda: REST and JSON, one file for each noun's operations, found by declaration.

This package never runs a function: `functions` does.
"""
