"""Configuration of every rendered site. Notebooks arrive executed; nothing is fetched.

The title comes from the corpus: `claimatlas.site.build` hands it to Sphinx.
"""

project = "Claim atlas"
author = ""
copyright = ""
language = "en"
smartquotes = False  # quotes stand exactly as the articles have them

extensions = ["myst_nb", "sphinx_design", "claimatlas.site"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
myst_disable_syntax = ["html_block", "html_inline"]  # pages hold no markup of others
nb_execution_mode = "off"
nb_mime_priority_overrides = [("html", "image/svg+xml", 0)]
suppress_warnings = ["mystnb.unknown_mime_type", "toc.empty_glob"]  # no statement, no topic yet

html_theme = "sphinx_book_theme"
html_theme_options = {
    "show_toc_level": 2,
    "use_download_button": False,
    "use_fullscreen_button": False,
    "use_repository_button": False,
    "navbar_persistent": [],
    "home_page_in_toc": True,
    "extra_footer": "The articles' words belong to their owners.",
}
html_context = {"default_mode": "auto"}
html_sidebars = {"**": ["search-button-field", "sbt-sidebar-nav"]}
html_favicon = "_static/favicon.svg"
html_static_path = ["_static"]
html_css_files = ["atlas.css"]
html_js_files = [("atlas.js", {"defer": "defer"})]
html_extra_path = ["extra"]
html_last_updated_fmt = None
html_show_sourcelink = False
html_copy_source = False
exclude_patterns = ["extra", "parts"]
