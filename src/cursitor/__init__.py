"""Cursitor: a system for legal process outsourcing in which a deliverable carries its own proof."""
