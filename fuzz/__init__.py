"""
Every parser we wrote, under a fuzzer that is guided by coverage, and under texts that repeat themselves.

`targets` is the table; `run` takes the targets in turn; `guided` is one of them under libFuzzer; `pumping` looks for
time that grows faster than the input; `cases` are the inputs that once broke something, replayed by every test run.
"""
