"""stub"""


def stability_code(scene, note):
    return "pass"
