"""The project's own corpus: articles in the .stance markup, and the module that reads them."""
