# The compiler driver of "dualvariant build". It stands first on PATH under the compilers' names, and in CC, CXX, FC and
# RUSTC_WRAPPER. Before it runs the compiler that it stands for, it
# - puts the level's flags in front of all others, where something is compiled;
# - replaces "native" by the level: no label can say which machine that was;
# - writes the command down.
# Flags such as -mavx2 that a project gives to some of its files stay: projects that choose at run time need them.
#
# dualvariant writes these in front: $record, the folder of the records; $c_flags, $cxx_flags, $rust_flags, the level's
# flags as quoted words; $c_level, $cxx_level, $rust_cpu, what takes the place of "native"; $rust_chain,
# the user's own RUSTC_WRAPPER; $cross, whether the build is for another machine; $python and $reader, the program that
# reads files of arguments; and choose_program, which sets $program to the compiler of a name.

tool=${0##*/}
language=c first='' compiles='' natives=0
case $tool in
    *++*) language=cxx ;;
    rustc-wrapper)
        [ -z "$rust_chain" ] || set -- "$rust_chain" "$@"
        language=rust program=$1
        shift ;;
    rustc*) language=rust ;;
    ar | *-ar | *-ar-[0-9]*) language=archive ;;
esac
[ "$tool" = rustc-wrapper ] || choose_program "$tool"
# What stands before the compiler's own arguments: "ccache gcc", "sccache rustc", "rustc +nightly".
case $tool in
    ccache | sccache | distcc)
        case ${1##*/} in
            rustc) language=rust ;;
            *++*) language=cxx ;;
        esac
        first=$1; shift ;;
    rustc-wrapper)
        case ${program##*/} in
            rustc*) choose_program "$program" ;; # a name without a folder: PATH has this script first
            *)
                chain=$program program=$1
                choose_program "$program"
                first=$program program=$chain
                shift ;;
        esac ;;
    rustc*)
        case ${1-} in
            +*) first=$1; shift ;;
        esac ;;
esac
flags='' level=''
case $language in
    c) flags=$c_flags level=$c_level ;;
    cxx) flags=$cxx_flags level=$cxx_level ;;
    rust)
        flags=$rust_flags compiles=1
        # In a build for another machine, cargo names no target for what runs on this one.
        case "$cross $*" in
            yes*' --target'* | no*) ;;
            *) flags='' rust_cpu=generic ;;
        esac ;;
esac

# Whether something is compiled, by a C compiler's arguments.
is_compilation() {
    for argument; do
        case $argument in
            -x* | - | -flto*) return 0 ;;
            *.c | *.cc | *.cp | *.cpp | *.cxx | *.c++ | *.C | *.CPP | *.i | *.ii | *.m | *.mm | *.s | *.S | *.sx | *.cu | \
                *.f | *.for | *.ftn | *.f90 | *.f95 | *.f03 | *.f08 | *.F | *.FOR | *.fpp | *.F90 | *.F95 | *.F03 | *.F08)
                return 0 ;;
        esac
    done
    return 1
}

# One file for each process, so that no two write to one. \037 stands behind each word, \036 behind each command.
write_down() {
    { printf '%s\037' "$PWD" "$language" "$natives" "$@"; printf '\036'; } 2>/dev/null >>"$record/$$"
}

# Files of arguments: what is in them is written down. If "native" is in one, the compiler gets a file of ours.
expanded='' rewrites=''
case "$*" in
    @* | *' @'* | *-Wl,*@*)
        expanded=$("$python" -IS "$reader" "$language" "$@")
        case $expanded in
            *=native*) eval "set -- $expanded"; rewrites=1 expanded='' ;;
        esac ;;
esac
# The usual case first, which is the cheap one: no word has to be changed.
case "$*" in
    *=native*) count=$# ;;
    *) count=0 ;;
esac
previous=''
while [ "$count" -gt 0 ]; do
    argument=$1
    shift
    count=$((count - 1))
    case $language$argument in
        c-march=native* | c-mcpu=native* | cxx-march=native* | cxx-mcpu=native*)
            natives=$((natives + 1)) previous=''
            eval "set -- \"\$@\" $level"
            continue ;;
        c-mtune=native | cxx-mtune=native) natives=$((natives + 1)) argument=-mtune=generic ;;
        rust-Ctarget[-_]cpu=native | rust--codegen=target[-_]cpu=native)
            natives=$((natives + 1)) argument=${argument%native}$rust_cpu ;;
        rust-Ztune[-_]cpu=native) natives=$((natives + 1)) argument=-Ztune-cpu=generic ;;
        rusttarget[-_]cpu=native)
            case $previous in
                -C | --codegen) natives=$((natives + 1)) argument=${argument%native}$rust_cpu ;;
            esac ;;
        rusttune[-_]cpu=native)
            case $previous in
                -Z) natives=$((natives + 1)) argument=tune-cpu=generic ;;
            esac ;;
    esac
    previous=$argument
    set -- "$@" "$argument"
done
if [ -n "$expanded" ]; then
    [ -n "$compiles" ] || ! eval "is_compilation $expanded" || compiles=1
    eval "write_down ${compiles:+$flags} $expanded"
elif [ -n "$compiles" ] || is_compilation "$@"; then
    compiles=1
fi
[ -z "$compiles" ] || eval "set -- $flags \"\$@\""
[ -n "$expanded" ] || write_down "$@"
if [ -n "$rewrites" ]; then # as gcc, clang, zig and rustc read it
    case $language in
        rust) printf '%s\n' "$@" ;;
        *) printf '%s\n' "$@" | sed -e 's/["\\]/\\&/g' -e "/[[:space:]']\|^\$/s/.*/\"&\"/" ;;
    esac >"$record/$$.rsp"
    set -- "@$record/$$.rsp"
fi
exec "$program" ${first:+"$first"} "$@"
