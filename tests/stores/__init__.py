"""narthex on an object store: any S3 server will do, so another narthex is one."""
