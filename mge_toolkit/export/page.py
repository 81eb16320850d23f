"""A notebook as one HTML page that fetches nothing and runs nothing."""

from __future__ import annotations

from typing import Any, Final

from mge_toolkit.core.errors import MgeError

# What nbconvert's page would load from elsewhere, or run, is for formulas and widgets, of which there are none.
_TEMPLATE: Final = """\
{%- extends 'lab/index.html.j2' -%}
{%- block html_head -%}
<meta http-equiv="Content-Security-Policy"
      content="default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:">
{{ super() }}
<style>
body.jp-Notebook { max-width: 75rem; margin: 0 auto; }
.jp-OutputArea-output { overflow-x: auto; }
.jp-RenderedHTMLCommon p, .jp-RenderedHTMLCommon li { max-width: 60rem; }
.jp-RenderedHTMLCommon table { margin-left: 0; }
.jp-MarkdownOutput pre { overflow-x: auto; padding: 0.5rem; background: #f5f5f5; }
</style>
{%- endblock -%}
{%- block html_head_js -%}{%- endblock -%}
{%- block html_head_js_mathjax -%}{%- endblock -%}
{%- block html_head_js_mermaidjs -%}{%- endblock -%}
"""


def notebook_page(notebook: Any) -> str:
    """Return an executed notebook as a page. Raises ``MgeError`` where nbconvert is not installed."""
    try:
        from jinja2 import DictLoader
        from nbconvert import HTMLExporter
    except ImportError as error:
        raise MgeError(
            f"'{error.name}' is not installed, which makes pages of notebooks: pip install 'mge-toolkit[notebook]'"
        ) from None
    exporter = HTMLExporter(  # type: ignore[no-untyped-call]
        extra_loaders=[DictLoader({"mge.html.j2": _TEMPLATE})],
        template_file="mge.html.j2",
        exclude_input_prompt=True,
        exclude_output_prompt=True,
    )
    text: str
    text, _ = exporter.from_notebook_node(notebook)
    return text
