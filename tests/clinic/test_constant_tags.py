"""Words and files that are the same on every page are text once the template is read."""

import pytest
from django.template import Context, Template
from django.template.base import TextNode
from django.test import override_settings

pytestmark = pytest.mark.once
WORDS = (
    '{% load i18n %}{% translate "Half < 50%" %} {% translate name %} '
    '{% translate "it’s"|upper %}{% translate "x" as y %}{{ y }}'
)


def test_words_without_a_translation_are_text_and_read_the_same():
    with override_settings(USE_I18N=True):
        translated = Template(WORDS)
    for found in (translated, Template(WORDS)):
        assert found.render(Context({"name": "<b>"})) == "Half < 50% &lt;b&gt; IT’Sx"
    assert isinstance(Template(WORDS).nodelist[1], TextNode)
    assert not isinstance(translated.nodelist[1], TextNode)


def test_a_static_file_is_text_and_one_that_is_named_by_a_variable_is_not():
    found = Template("{% load static %}{% static 'clinic/base.css' %} {% static name %}")
    assert found.render(Context({"name": "a.css"})) == "/static/clinic/base.css /static/a.css"
    assert [isinstance(node, TextNode) for node in found.nodelist[1:]] == [True, True, False]
