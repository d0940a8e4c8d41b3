"""
Killable workers for reading what strangers wrote.

`pool.Sandbox` runs a function in a worker process under limits of time, memory and output, without network, and turns
every breach into a named exception; `spool` processes files by path, so that their bytes never pass through a pipe.
"""
