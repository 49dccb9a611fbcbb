"""Detectors: text in, findings out."""
