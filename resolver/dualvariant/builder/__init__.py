"""Build variant wheels from a source tree, a source distribution or a name on an index.

``declaration`` reads what a project declares and turns it into jobs, one for each wheel. ``toolchain`` chooses
compilers and their flags. ``run`` builds each job and keeps what it built. ``finish`` strips, repairs, documents and
labels the wheel that comes out. ``verify`` audits and tests it; only then the wheel gets its name.
"""
