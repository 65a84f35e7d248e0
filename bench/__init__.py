"""`make bench`: CPU per call of the service against a floor, both measured in the same run.

It never changes the service or its settings, and holds no chart but the synthetic ones it makes itself.
Its charts are tested in tests/service/test_bench_charts.py.
"""
