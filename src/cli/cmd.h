/* SPDX-License-Identifier: Apache-2.0 */
/* cmd - one function per command of the program: argv[0] is its name; returns the exit code. */
#pragma once

int cmd_serve(int argc, char **argv);
int cmd_verify(int argc, char **argv);
int cmd_dump(int argc, char **argv);
int cmd_backup(int argc, char **argv);
int cmd_restore(int argc, char **argv);
int cmd_copy(int argc, char **argv);
int cmd_token(int argc, char **argv);
int cmd_user(int argc, char **argv);
int cmd_demo(int argc, char **argv);
int cmd_drill(int argc, char **argv);
int cmd_stock(int argc, char **argv);
int cmd_why(int argc, char **argv);
int cmd_orders(int argc, char **argv);
int cmd_incidents(int argc, char **argv);
int cmd_drift(int argc, char **argv);
int cmd_autopsy(int argc, char **argv);
int cmd_route(int argc, char **argv);
int cmd_move(int argc, char **argv);
int cmd_channel(int argc, char **argv);
int cmd_webhook(int argc, char **argv);
int cmd_transfer(int argc, char **argv);
int cmd_count(int argc, char **argv);
int cmd_hold(int argc, char **argv);
int cmd_export(int argc, char **argv);
int cmd_exposure(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_import(int argc, char **argv);
int cmd_doctor(int argc, char **argv);
int cmd_opening(int argc, char **argv);
int cmd_replay(int argc, char **argv);
