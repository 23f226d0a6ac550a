"""Django's `i18n` and `static`. A tag that says the same to everybody becomes text when the template is read.

A page has up to two hundred of them, a seventh of the queue's calls.
"""

from django import template
from django.conf import settings
from django.template import Context
from django.template.base import Node, Parser, TextNode, Token
from django.templatetags import i18n, static

register = template.Library()
register.filters |= i18n.register.filters
register.tags |= i18n.register.tags | static.register.tags


@register.tag("trans")
@register.tag("translate")
def do_translate(parser: Parser, token: Token) -> Node:
    node = i18n.do_translate(parser, token)
    words = node.filter_expression
    is_constant = words.var.literal is not None and not (words.filters or node.asvar or node.message_context)
    return node if settings.USE_I18N or not is_constant else TextNode(node.render(Context()))


@register.tag("static")
def do_static(parser: Parser, token: Token) -> Node:
    node = static.do_static(parser, token)
    is_constant = isinstance(node.path.var, str) and not (node.path.filters or node.varname)
    return TextNode(node.render(Context())) if is_constant else node
