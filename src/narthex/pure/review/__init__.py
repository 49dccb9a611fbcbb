"""The decision model: a model and a situation in, a verdict out. Pure: it knows no files."""
