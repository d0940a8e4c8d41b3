"""Printed documents: data in, PDF/A out."""

from cursitor.plumbing.pdf.rendering import TemplateFailed, render

__all__ = ["TemplateFailed", "render"]
