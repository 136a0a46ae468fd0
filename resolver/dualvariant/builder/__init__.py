"""From a source tree, or from a wheel, to variant wheels.

``declaration`` reads what a project declares and turns it into jobs, one for each wheel. ``toolchain`` knows compilers
and their flags. ``run`` builds each job; ``finish`` strips, repairs, documents and labels the wheel that comes out;
``verify`` audits it and tries it before it gets its name.
"""
