"""The page: files that a browser reads, and who may frame, script and style it."""

from twin.service.page.files import add_page

__all__ = ["add_page"]
