"""
Ranking documents for review by learning from every decision, and knowing when enough was found.

`features` (documents to numbers), `v2026_1` (the ranker), `algorithms` (versions by name), `families` (who is next),
`replay` (the same loop over known labels), `stopping` (the knee as a signal, QBCB as the certificate).
"""
