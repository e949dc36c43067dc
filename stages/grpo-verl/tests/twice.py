CANNOT_RUN = "needs verl and 8 GPUs of 80 GB; its command is compared in test_grpo_verl.py"
