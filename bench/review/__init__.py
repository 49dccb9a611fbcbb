"""Documents of our own making, and how well the facts and the verdict are found in them.

`python -m bench.review` writes no files: it makes both parts from their seeds, judges every
document and prints the table of docs/review-facts.md.
"""
