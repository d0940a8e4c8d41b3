"""
Search indexes as immutable shards: built in a folder, published as one tar, opened read-only from a cache folder.

A shard is never changed. New documents go into a new shard; when documents are withdrawn, the shard is built again
without them. Everything in a shard can be made again from the documents.
"""
