"""Reads requirements out of documents. Owns what a document says; refuses to decide how it is built."""
