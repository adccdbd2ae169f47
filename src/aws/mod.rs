//! S3 and Lambda over the wire without I/O: build, sign, parse.
