"""A student's kernel that starts with TensorFlow already imported. For Linux.

::

    provisioner   what Jupyter asks for a kernel: a fork of the warm process, or an ordinary start
    warm          the warm process of one Jupyter server, and so of one user
    commands      `autograder kernel`: the kernel specification that names the provisioner

One warm process serves one Jupyter server and ends with it; it is never shared between users.
"""
