"""STS on the wire: who the caller is, and temporary credentials, one file each in `operations`."""
