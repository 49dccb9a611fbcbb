"""Measure narthex and its peers side by side on this machine: `python -m bench`.

Nothing of narthex imports this package. All load stays on loopback and ends by itself.
"""
