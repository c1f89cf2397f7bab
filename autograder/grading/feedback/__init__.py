"""Safe HTML pages of graded notebooks: ``pages`` writes them, ``sanitising`` cleans them."""
