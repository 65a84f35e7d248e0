"""`make mutate`: the clinical data changed piece by piece, and the rules' code too; a case has to fail each time.

It never changes a file of the project. Its tests are in tests/rules/test_mutation.py.
"""
