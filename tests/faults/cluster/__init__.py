"""Three nodes, a database with its standby and a store of blobs, each in a network of its own."""
