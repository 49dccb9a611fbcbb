"""Every operation of Lambda that there is: a module declares what it can do.

This file never lists them.
"""
