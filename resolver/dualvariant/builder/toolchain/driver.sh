# The compiler driver of "dualvariant build". It stands first on PATH under the compilers' names, and in CC, CXX, FC and
# RUSTC_WRAPPER. Before it runs the compiler that it stands for, it
# - puts the level's flags in front of all others, where something is compiled;
# - replaces "native" by the level: no label can say which machine that was;
# - writes the command down.
# Flags such as -mavx2 that a project gives to some of its files stay: projects that choose at run time need them.
#
# dualvariant writes these in front: $record, the folder of the records; $c_flags, $cxx_flags, $rust_flags, the level's
# flags as quoted words; $c_level, $cxx_level, $rust_cpu, what takes the place of "native"; $rust_chain,
# the user's own RUSTC_WRAPPER; and choose_program, which sets $program to the compiler of a name.

tool=${0##*/}
language=c first='' compiles='' natives=0
case $tool in
    *++*) language=cxx ;;
    rustc-wrapper)
        [ -z "$rust_chain" ] || set -- "$rust_chain" "$@"
        language=rust program=$1
        shift ;;
    ar | *-ar | *-ar-[0-9]*) language=archive ;;
esac
[ "$tool" = rustc-wrapper ] || choose_program "$tool"
# What stands before the compiler's own arguments: "ccache gcc", "sccache rustc".
case $tool in
    ccache | sccache | distcc)
        case ${1##*/} in
            rustc) language=rust ;;
            *++*) language=cxx ;;
        esac
        first=$1; shift ;;
    rustc-wrapper)
        case ${program##*/} in
            rustc) ;;
            *) first=$1; shift ;;
        esac ;;
esac
flags='' level=''
case $language in
    c) flags=$c_flags level=$c_level ;;
    cxx) flags=$cxx_flags level=$cxx_level ;;
    rust) flags=$rust_flags compiles=1 ;;
esac

replace_in_file() { # a file of arguments: a copy of it, if "native" stands in it
    content=$(cat "$1" 2>/dev/null) || return
    case $content in
        *=native*) ;;
        *) return ;;
    esac
    argument="@$record/$$-$count.rsp"
    eval "set -- $level"
    printf '%s\n' "$content" | sed -e 's/["'\'']\(-m[a-z]*=native[a-z0-9+]*\)["'\'']/\1/g' \
        -e "s/-m\(arch\|cpu\)=native[a-z0-9+]*/$*/g" -e 's/-mtune=native/-mtune=generic/g' >"${argument#@}"
    natives=$((natives + 1))
    content=$(cat "${argument#@}")
}

# The usual case first, which is the cheap one: no word has to be changed.
case "$*" in
    *=native* | @* | *' @'*) changes=1 ;;
    *) changes='' ;;
esac
count=$# previous=''
while [ -n "$changes" ] && [ "$count" -gt 0 ]; do
    argument=$1
    shift
    count=$((count - 1))
    case $language$argument in
        c-march=native* | c-mcpu=native* | cxx-march=native* | cxx-mcpu=native*)
            natives=$((natives + 1)) previous=''
            eval "set -- \"\$@\" $level"
            continue ;;
        c-mtune=native | cxx-mtune=native) natives=$((natives + 1)) argument=-mtune=generic ;;
        rust-Ctarget-cpu=native | rust--codegen=target-cpu=native)
            natives=$((natives + 1)) argument=${argument%native}$rust_cpu ;;
        rusttarget-cpu=native)
            case $previous in
                -C | --codegen) natives=$((natives + 1)) argument=target-cpu=$rust_cpu ;;
            esac ;;
        c@* | cxx@*)
            content=''
            replace_in_file "${argument#@}"
            case $content in
                *.c* | *.C* | *.S* | *.s* | *.f* | *.F* | *.m* | *.i*) compiles=1 ;;
            esac ;;
    esac
    previous=$argument
    set -- "$@" "$argument"
done
for argument; do
    case $argument in
        -x* | - | -flto*) compiles=1 ;;
        *.c | *.cc | *.cp | *.cpp | *.cxx | *.c++ | *.C | *.CPP | *.i | *.ii | *.m | *.mm | *.s | *.S | *.sx | *.cu | \
            *.f | *.for | *.ftn | *.f90 | *.f95 | *.f03 | *.f08 | *.F | *.FOR | *.fpp | *.F90 | *.F95 | *.F03 | *.F08)
            compiles=1 ;;
    esac
done
[ -z "$compiles" ] || eval "set -- $flags \"\$@\""
# One file for each process, so that no two write to one. \037 stands behind each word, \036 behind each command.
{
    printf '%s\037' "$PWD" "$language" "$natives" "$@"
    for argument; do
        case $argument in
            @*) printf '@\n%s\037' "$(cat "${argument#@}" 2>/dev/null)" ;;
        esac
    done
    printf '\036'
} 2>/dev/null >>"$record/$$"
exec "$program" ${first:+"$first"} "$@"
