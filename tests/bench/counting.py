from django.db import connection


class CountQueries:
    """Reports the number of queries of a page if the request asks for it; all other requests pass through unchanged."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if "X-Bench" not in request.headers:
            return self.get_response(request)
        queries = []
        with connection.execute_wrapper(lambda execute, sql, *rest: (queries.append(sql), execute(sql, *rest))[1]):
            response = self.get_response(request)
        response.headers["X-Bench-Queries"] = str(len(queries))
        return response
